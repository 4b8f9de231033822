"""The code of the Lambda function. It only reads the table."""
