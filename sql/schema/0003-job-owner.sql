-- Which process runs a job, so that what a dead one left is taken up at once and not when its lease runs out.
ALTER TABLE job ADD COLUMN IF NOT EXISTS
  owner VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NULL; -- boot id:process namespace:process id:its start
