-- Where a job was forked from: JSON of the checkpoint, its step, whether the trainer's state was taken over, and a hash of the request.

ALTER TABLE jobs ADD COLUMN fork TEXT;
