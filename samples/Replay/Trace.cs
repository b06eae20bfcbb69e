using System.Globalization;
using System.Runtime.CompilerServices;

namespace Replay;

/// <summary>A trace: a CSV file, read line by line, or the built-in workload.</summary>
internal sealed class Trace(string? path)
{
    private const string Header = "TIMESTAMP,ContextTokens,GeneratedTokens";
    private const int BuiltInCalls = 500;
    private const int BuiltInSeed = 20231116;
    private static readonly DateTimeOffset BuiltInStart = new(2023, 11, 16, 18, 15, 0, TimeSpan.Zero);

    public string Name => path is null ? "the built-in workload" : Path.GetFileName(path);

    public IAsyncEnumerable<TraceRow> ReadAsync(CancellationToken cancellationToken) =>
        path is null ? BuiltIn().ToAsyncEnumerable() : ReadFileAsync(path, cancellationToken);

    /// <summary>Reads it once through, so that a malformed line is told before anything is sent.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var _ in ReadAsync(cancellationToken))
        {
            count++;
        }

        return count > 0 ? count : throw Wrong($"The trace '{path}' holds no calls.");
    }

    private static IEnumerable<TraceRow> BuiltIn()
    {
        var random = new Random(BuiltInSeed);
        var time = BuiltInStart;
        var input = new LogNormal(median: 800, sigma: 1.0);
        var output = new LogNormal(median: 150, sigma: 0.8);
        for (var i = 0; i < BuiltInCalls; i++)
        {
            yield return new TraceRow(time, (int)input.Next(random) + 1, (int)output.Next(random) + 1);
            time += TimeSpan.FromMilliseconds(random.Next(1, 400));
        }
    }

    private static async IAsyncEnumerable<TraceRow> ReadFileAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = Open(path);
        var number = 0;
        while (await ReadLineAsync(reader, path, cancellationToken) is { } line)
        {
            number++;
            if (number == 1)
            {
                if (!string.Equals(line.Trim(), Header, StringComparison.OrdinalIgnoreCase))
                {
                    throw Wrong($"Line 1 of '{path}' is not the header {Header}.");
                }
            }
            else if (line.Length > 0)
            {
                yield return Parse(line, number, path);
            }
        }
    }

    private static TraceRow Parse(string line, int number, string path)
    {
        Span<Range> ranges = stackalloc Range[4];
        var text = line.AsSpan();
        if (text.Split(ranges, ',') == 3
            && DateTimeOffset.TryParse(text[ranges[0]], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && int.TryParse(text[ranges[1]], NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var input)
            && int.TryParse(text[ranges[2]], NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var output))
        {
            return new TraceRow(time, input, output);
        }

        throw Wrong($"Line {number} of '{path}' is malformed: it is not a time and two token counts.");
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Wrong($"There is no trace file '{path}'.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Wrong($"The trace file '{path}' cannot be opened ({exception.GetType().Name}).");
        }
    }

    private static async ValueTask<string?> ReadLineAsync(StreamReader reader, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Wrong($"The trace file '{path}' cannot be read ({exception.GetType().Name}).");
        }
    }

    private static ReplayException Wrong(string message) => new(ExitCodes.BadInput, message);
}
