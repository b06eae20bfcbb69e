using System.Globalization;

namespace PriceCalculator;

/// <summary>The program's arguments.</summary>
internal sealed record CalculatorOptions
{
    public string? Provider { get; private set; }

    public string? Model { get; private set; }

    public string? ServiceTier { get; private set; }

    public string? Geo { get; private set; }

    public string? Speed { get; private set; }

    public DateTimeOffset? At { get; private set; }

    public string? Cases { get; private set; }

    public InclusiveUsage Counts { get; } = new();

    /// <exception cref="CalculatorException">An argument is unknown, lacks its value, has a wrong one, or does not go with another.</exception>
    public static CalculatorOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new CalculatorOptions();
        var seen = new HashSet<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (!IsOption(name))
            {
                throw new CalculatorException($"There is no option '{name}'; --help lists them.");
            }

            if (!seen.Add(name))
            {
                throw new CalculatorException($"{name} is given twice.");
            }

            i++;
            if (i >= arguments.Count || string.IsNullOrWhiteSpace(arguments[i]) || arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new CalculatorException($"{name} needs a value; --help shows which.");
            }

            options.Set(name, arguments[i]);
        }

        options.Complete(seen);
        return options;
    }

    private static bool IsOption(string name)
    {
        return name is "--provider" or "--model" or "--service-tier" or "--geo" or "--speed" or "--at" or "--cases"
            || CountOf(name) is not null;
    }

    private static string? CountOf(string name) => name switch
    {
        "--input" => "input",
        "--cache-read" => "cache_read",
        "--cache-write" => "cache_write",
        "--cache-write-1h" => "cache_write_1h",
        "--audio-input" => "input_audio",
        "--image-input" => "input_image",
        "--video-input" => "input_video",
        "--audio-cache-read" => "cache_read_audio",
        "--image-cache-read" => "cache_read_image",
        "--output" => "output",
        "--reasoning" => "reasoning",
        "--citation" => "citation",
        "--audio-output" => "output_audio",
        "--image-output" => "output_image",
        "--video-output" => "output_video",
        "--web-searches" => InclusiveUsage.WebSearches,
        _ => null,
    };

    private static long Count(string name, string value)
    {
        var max = name == "--web-searches" ? int.MaxValue : InclusiveUsage.MaxCount;
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= max
            ? count
            : throw new CalculatorException($"{name} is a whole number from 0 to {max.ToString("N0", CultureInfo.InvariantCulture)}, not '{value}'.");
    }

    private static DateTimeOffset Time(string value)
    {
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new CalculatorException($"--at is a time like 2026-08-01T12:00:00Z, not '{value}'.");
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--provider": Provider = value; break;
            case "--model": Model = value; break;
            case "--service-tier": ServiceTier = value; break;
            case "--geo": Geo = value; break;
            case "--speed": Speed = value; break;
            case "--at": At = Time(value); break;
            case "--cases": Cases = value; break;
            default: Counts[CountOf(name)!] = Count(name, value); break;
        }
    }

    private void Complete(HashSet<string> seen)
    {
        if (Cases is not null && seen.Count > 1)
        {
            throw new CalculatorException($"--cases stands alone: {seen.First(n => n != "--cases")} does not go with it.");
        }

        if (Cases is null && Model is null)
        {
            throw new CalculatorException("--model or --cases is needed; --help lists the options.");
        }

        if (!Counts.Has("cache_write"))
        {
            Counts["cache_write"] = Counts["cache_write_1h"];
        }
    }
}
