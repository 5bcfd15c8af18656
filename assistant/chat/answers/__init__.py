"""What the assistant says, by subject; each answer is a function of an advisor and what was asked."""
