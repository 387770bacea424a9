"""What calls share: explicit machines, where every input brings the time and every answer is a value."""
