using System.Globalization;

namespace LlmObservability.Throughput;

/// <summary>The program's arguments.</summary>
internal sealed record ThroughputOptions
{
    public const string Usage = """
        Measures what the library carries, on this machine.

          dotnet run -c Release --project benchmarks/LlmObservability.Throughput -- VERB [options]

        copy       Rows a second through the PostgreSQL sink against plain typed binary COPY of the same rows.
          --rounds N             Rounds. Default 31.
          --batches N            Batches of 1,000 rows a round, each written both ways in turn. Default 30.
        calls      Calls a second from wrapped client to committed row.
          --seconds N            How long calls are made. Default 30.
          --producers N          Tasks that call. Default 4.
          --rate N               Calls a second to aim at. Default: as many as the sink takes.
        streams    Memory and waiting of streams that are open at once.
          --streams N            How many. Default 10,000.
          --updates N            Updates of each. Default 50.

        durability What each durability costs a call, and how fast the write-ahead log takes records.
          --seconds N            How long the burst lasts. Default 30.
          --producers N          Tasks that call. Default 4.
          --directory PATH       Where the logs are made, on the disk to be measured. Default: the temporary folder.
        sinks      PostgreSQL and OTLP side by side, one of them down: whether the other keeps up.
          --seconds N            How long calls are made in each way. Default 30.
          --producers N          Tasks that call. Default 4.
          --rate N               Calls a second. Default 5,000.

        """
        + Analytics.AnalyticsOptions.Usage
        + """


        All that need PostgreSQL start one of their own:
          --postgres CONNECTION  Uses this database instead; its schemas throughput_… are dropped and made anew, by queries and sizes read.
          --fsync on|off         Whether their own server waits for the disk. Default on.

        Exit code: 0 nothing was lost and each bound held, 1 something was or one did not, 2 wrong arguments.
        """;

    public string Verb { get; private init; } = "help";

    public int Rounds { get; private init; } = 31;

    public int Batches { get; private init; } = 30;

    public int Seconds { get; private init; } = 30;

    public int Producers { get; private init; } = 4;

    public int? Rate { get; private init; }

    public int Streams { get; private init; } = 10_000;

    public int Updates { get; private init; } = 50;

    public string? Postgres { get; private init; }

    public string? Directory { get; private init; }

    public bool Fsync { get; private init; } = true;

    /// <exception cref="FormatException">An argument is unknown, lacks its value, or has a wrong one.</exception>
    public static ThroughputOptions Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
        {
            return new ThroughputOptions();
        }

        var options = new ThroughputOptions
        {
            Verb = arguments[0] is "copy" or "calls" or "streams" or "durability" or "sinks" or "help" or "--help"
                ? arguments[0]
                : throw new FormatException($"There is no verb '{arguments[0]}'."),
        };
        for (var i = 1; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            options = name switch
            {
                "--rounds" => options with { Rounds = Number(name, value, 1, 1_000) },
                "--batches" => options with { Batches = Number(name, value, 1, 1_000) },
                "--seconds" => options with { Seconds = Number(name, value, 1, 600) },
                "--producers" => options with { Producers = Number(name, value, 1, 64) },
                "--rate" => options with { Rate = Number(name, value, 1, 10_000_000) },
                "--streams" => options with { Streams = Number(name, value, 1, 100_000) },
                "--updates" => options with { Updates = Number(name, value, 2, 10_000) },
                "--directory" => options with { Directory = value },
                "--postgres" => options with { Postgres = value },
                "--fsync" => options with { Fsync = value == "on" || (value == "off" ? false : throw new FormatException("--fsync is on or off.")) },
                _ => throw new FormatException($"There is no option '{name}'."),
            };
        }

        return options;
    }

    public static int Number(string name, string text, int least, int most)
    {
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {least} to {most}."));
    }
}
