"""What engines of distributed training ask of a plan: a checkpoint, shards, flat partitions."""
