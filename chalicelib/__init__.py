"""Everything the Lambda function needs, and nothing that can write."""
