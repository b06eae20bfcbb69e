using LlmObservability.Pricing;

namespace LlmObservability.Benchmarks;

/// <summary>What stays in memory of a catalog once it is read, which the diagnoser of allocations does not tell.</summary>
internal static class RetainedMemory
{
    public static void Write(TextWriter output)
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var json = memory.ToArray();
        // The first one warms what is made once a process.
        PriceCatalog.Parse(json, "catalog.json");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var catalog = PriceCatalog.Parse(json, "catalog.json");
        var retained = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"catalog of {catalog.ModelCount:N0} models: {retained:N0} bytes retained; its document {json.Length:N0} bytes");
        GC.KeepAlive(json);
    }
}
