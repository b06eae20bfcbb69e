namespace LlmObservability.Throughput;

/// <summary>Lines on the console, the same in every culture.</summary>
internal static class Report
{
    public static void Line(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
