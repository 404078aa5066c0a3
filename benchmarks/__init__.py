"""What the registry costs, beside a yardstick that is measured in the same run."""
