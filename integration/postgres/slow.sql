-- The slow tail of the load: a statement that takes 100 to 900 ms, most of them near the lower end.
\set ms random_exponential(100, 900, 3)
select pg_sleep(:ms / 1000.0);
