using System.Text.Json;

namespace LlmObservability.Throughput.Analytics.Dashboard;

/// <summary>What a query took, in milliseconds.</summary>
internal sealed record QueryFigure(string Name, double Bound, int Runs, double Median, double P95, double Max)
{
    public bool Holds => P95 <= Bound;

    public static QueryFigure Of(DashboardQuery query, IEnumerable<double> times)
    {
        var sorted = times.Order().ToArray();
        var rank = (int)Math.Ceiling(sorted.Length * 0.95) - 1;
        return new QueryFigure(query.Name, query.Bound, sorted.Length, Report.Median(sorted), sorted[rank], sorted[^1]);
    }
}

/// <summary>The figures of a run.</summary>
internal sealed record QueryFigures(long Calls, IReadOnlyList<QueryFigure> Queries)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static async Task<QueryFigures> ReadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync<QueryFigures>(file, Json)
            ?? throw new InvalidDataException($"{path} holds no figures.");
    }

    public async Task WriteAsync(string path)
    {
        await using var file = File.Create(path);
        await JsonSerializer.SerializeAsync(file, this, Json);
    }
}
