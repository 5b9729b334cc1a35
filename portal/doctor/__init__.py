"""What `doctor` looks at: each finding says what is wrong and what to do; upper apps bring their own (`registry`)."""
