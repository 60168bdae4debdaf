"""What is left when a process, a database or a disk fails under load: drills with real processes."""
