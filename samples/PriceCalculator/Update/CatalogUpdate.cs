using System.Globalization;
using PriceCalculator.Update.Catalog;

namespace PriceCalculator.Update;

/// <summary>Brings the catalog up to an upstream file, and tells what changed.</summary>
internal static class CatalogUpdate
{
    /// <param name="options">What to read, and where to write.</param>
    /// <param name="folders">Where the search for the project begins, first to last.</param>
    /// <param name="today">The date of the file's facts when none is given.</param>
    /// <param name="output">The report.</param>
    /// <exception cref="CalculatorException">There is no catalog to write, or the file or the result is none; nothing is written.</exception>
    public static void Run(UpdateOptions options, IEnumerable<string> folders, DateOnly today, TextWriter output)
    {
        var project = CatalogFile.Find(folders);
        var target = options.Out ?? project ?? throw new CalculatorException(
            "There is no LlmObservability.sln with a catalog above the current folder; name the file to write with --out.");
        var bytes = project is null ? CatalogFile.ReadBuiltIn() : CatalogFile.Read(project);
        var old = CatalogDocument.Parse(bytes, project ?? "catalog.json");

        var upstream = SourceFile.Read(options.File, old);
        var merge = CatalogMerge.Of(old, upstream, options.At ?? today);
        var comparison = CatalogComparison.Of(old, merge, upstream);
        if (comparison.IsAny)
        {
            merge.Date();
            bytes = merge.Result.ToBytes();
        }

        // Before the report, so that a result that is refused is not told as if it held.
        CatalogFile.Check(bytes, target);
        var outcome = Write(options, comparison, target, bytes);
        WriteReport(output, upstream, merge, comparison, outcome);
    }

    private static string Write(UpdateOptions options, CatalogComparison comparison, string target, byte[] bytes)
    {
        if (options.DryRun)
        {
            return $"dry run: {target} is not written";
        }

        if (!comparison.IsAny && (options.Out is null || (File.Exists(target) && CatalogFile.Read(target).AsSpan().SequenceEqual(bytes))))
        {
            return $"nothing changed: {target} stays as it is";
        }

        CatalogFile.Replace(target, bytes);
        return comparison.IsAny ? $"written: {target}" : $"nothing changed: the catalog as it was is written to {target}";
    }

    private static void WriteReport(TextWriter output, Upstream upstream, CatalogMerge merge, CatalogComparison comparison, string outcome)
    {
        var skipped = upstream.Skipped.Select(s => new ChangeLine(s.Provider, s.Id, "skipped", s.Reason));
        var lines = comparison.Lines.Concat(skipped).ToArray();
        foreach (var line in lines.OrderBy(l => l.Provider, StringComparer.Ordinal).ThenBy(l => l.Model, StringComparer.Ordinal))
        {
            var name = line.Provider.Length == 0 ? line.Model : $"{line.Provider}/{line.Model}";
            WriteLine(output, $"{line.Kind} {name}{(line.Text.Length == 0 ? "" : ": " + line.Text)}");
        }

        merge.Remarks.ForEach(r => WriteLine(output, r));
        upstream.LeftOut.ForEach(l => WriteLine(output, "left out: " + l));
        WriteLine(output, outcome);
        var count = lines.CountBy(l => l.Kind).ToDictionary(k => k.Key, k => k.Value);
        var moved = count.GetValueOrDefault("moved") + count.GetValueOrDefault("matched") + count.GetValueOrDefault("noted");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count.GetValueOrDefault("added")} added, {count.GetValueOrDefault("removed")} removed, {moved} moved, {comparison.Unchanged} unchanged, {count.GetValueOrDefault("skipped")} skipped"));
    }

    // Names come from outside: one line each, whatever is in them.
    private static void WriteLine(TextWriter output, string text)
    {
        output.WriteLine(string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)));
    }
}
