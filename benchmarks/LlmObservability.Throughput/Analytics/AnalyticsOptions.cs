using System.Globalization;
using LlmObservability.Queries;
using LlmObservability.Throughput.Analytics.Writers;

namespace LlmObservability.Throughput.Analytics;

/// <summary>The arguments of the verbs that measure PostgreSQL as the store that is asked.</summary>
internal sealed record AnalyticsOptions
{
    public const string Usage = """
        generate   What the generator makes: how fast, in which shares, and a checksum that is the same for a seed and an end.
        fill       Fills a database with generated calls, through the store's own WriteAsync.
          --writers N            Stores that write at once, each a day at a time. Default 4.
        queries    The queries of a dashboard over a filled database, each against its bound.
          --runs N               Runs of each after a warm-up. Default 30.
          --patience SECONDS     After that long, at least three runs of a query are enough. Default 20.
          --only TEXT            Only the queries whose name holds this.
          --out FILE             Writes the figures as JSON.
          --compare A B          Runs nothing, and compares two such files.
        pages      What a reader of the dashboard waits for over a filled database, in a real browser, against the bounds. With --runs.
        sizes      Bytes a call of a filled database, by table and index.
        ingest     Rows a second through the store against plain typed COPY into the same indexes, in blocks by turns.
          --rounds N             Rounds of a block each. Default 7.
          --batches N            Batches of 1,000 rows a block. Default 300.
          --keys N               Rollup keys a batch holds. Default 100; for fill, a minute of all days, and as many as come about by default.
          --connections N        Writers at once, 1 or 2. Default 1.
        writers    Many processes writing at once into one schema against one, by turns: rows/s, waits, deadlocks, lost rows, rollups.
          --processes N          How many. Default 8.
          --seconds N            How long each turn is. Default 20.
          --rounds N             Rounds of a turn each. Default 3.
          --keys N               Rollup keys a batch holds. Default 100.
        pgbouncer  Everything the store does through PgBouncer in transaction pooling, against the same without it.
          --pgbouncer PATH       Its program; without it, pgbouncer is looked for where systems keep it.

        What generate and fill make:
          --calls N              How many calls. Default 5,000,000.
          --days N               Over how many days. Default 30.
          --end TIME             When the last day ends, as 2026-01-31T12:00Z. Default: the hour that began last.
          --seed N               Default 1.

        fill, queries, pages and sizes work on a PostgreSQL of their own, or on --postgres:
          --data DIR             Where its data is made, kept, and found again. Default: a temporary folder.
          --keep                 Keeps a temporary folder too, and says where it is.
        """;

    private static readonly string[] Verbs = ["generate", "fill", "queries", "pages", "sizes", "ingest", "writers", "pgbouncer", WriterProgram.Verb];

    public string Verb { get; private init; } = "";

    public int Writers { get; private init; } = 4;

    public int Runs { get; private init; } = 30;

    public TimeSpan Patience { get; private init; } = TimeSpan.FromSeconds(20);

    public string? Only { get; private init; }

    public string? Out { get; private init; }

    public (string Before, string After)? Compare { get; private init; }

    public int? AskedRounds { get; private init; }

    public int Rounds => AskedRounds ?? (Verb == "writers" ? 3 : 7);

    public int Batches { get; private init; } = 300;

    public int? Keys { get; private init; }

    public int Connections { get; private init; } = 1;

    public int Processes { get; private init; } = 8;

    public int Seconds { get; private init; } = 20;

    /// <summary>Seconds from one folding of the rollups to the next, of a process that writes.</summary>
    public int Interval { get; private init; } = 10;

    public string? PgBouncer { get; private init; }

    public int Calls { get; private init; } = 5_000_000;

    public int Days { get; private init; } = 30;

    public DateTimeOffset End { get; private init; }

    public int Seed { get; private init; } = 1;

    public string? Data { get; private init; }

    public bool Keep { get; private init; }

    public string? Postgres { get; private init; }

    public bool Fsync { get; private init; } = true;

    public static bool Knows(string verb) => Verbs.Contains(verb);

    /// <exception cref="FormatException">An argument is unknown, lacks its value, or has a wrong one.</exception>
    public static AnalyticsOptions Parse(IReadOnlyList<string> arguments, DateTimeOffset now)
    {
        var hour = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
        var options = new AnalyticsOptions { Verb = arguments[0], End = hour };
        var left = new Queue<string>(arguments.Skip(1));
        while (left.TryDequeue(out var name))
        {
            options = options.With(name, left);
        }

        return options;
    }

    private AnalyticsOptions With(string name, Queue<string> left)
    {
        string Value() => left.TryDequeue(out var value) ? value : throw new FormatException($"{name} needs a value.");
        int Number(int least, int most) => ThroughputOptions.Number(name, Value(), least, most);
        return name switch
        {
            "--writers" => this with { Writers = Number(1, 32) },
            "--runs" => this with { Runs = Number(1, 10_000) },
            "--patience" => this with { Patience = TimeSpan.FromSeconds(Number(1, 3_600)) },
            "--only" => this with { Only = Value() },
            "--out" => this with { Out = Value() },
            "--compare" => this with { Compare = (Value(), Value()) },
            "--rounds" => this with { AskedRounds = Number(1, 1_000) },
            "--batches" => this with { Batches = Number(1, 1_000) },
            "--keys" => this with { Keys = Number(10, 5_000) },
            "--connections" => this with { Connections = Number(1, 2) },
            "--processes" => this with { Processes = Number(2, 64) },
            "--seconds" => this with { Seconds = Number(1, 600) },
            "--interval" => this with { Interval = Number(1, 300) },
            "--pgbouncer" => this with { PgBouncer = Value() },
            "--calls" => this with { Calls = Number(1_000, 100_000_000) },
            "--days" => this with { Days = Number(2, 365) },
            "--end" => this with { End = Time(Value()) },
            "--seed" => this with { Seed = Number(0, int.MaxValue) },
            "--data" => this with { Data = Value() },
            "--keep" => this with { Keep = true },
            "--postgres" => this with { Postgres = Value() },
            "--fsync" => this with { Fsync = Value() is var value && (value == "on" || (value == "off" ? false : throw new FormatException("--fsync is on or off."))) },
            _ => throw new FormatException($"There is no option '{name}'."),
        };
    }

    private static DateTimeOffset Time(string text) =>
        LlmValue.TryParseTime(text, out var time) && time.UtcTicks % TimeSpan.TicksPerMinute == 0
            ? time
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"--end is a whole minute, as 2026-01-31T12:00Z, not '{text}'."));
}
