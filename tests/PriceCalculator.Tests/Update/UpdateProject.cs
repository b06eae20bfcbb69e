namespace PriceCalculator.Tests.Update;

/// <summary>A project in a folder of its own, with a catalog that updates may write.</summary>
internal sealed class UpdateProject : IDisposable
{
    /// <summary>A catalog of two providers, with entries of both sources.</summary>
    public const string Small = """
        {
         "schema": "llm-prices/1",
         "currency": "USD",
         "unit": "per 1M tokens; request/webSearch/rerank per 1000",
         "about": "A catalog's own words.",
         "sourceDate": "2026-01-02",
         "sources": [
          {"id":"g","name":"genai","commit":"0123","date":"2026-01-02","license":"MIT"},
          {"id":"l","name":"litellm (via a copy)","date":"2026-01-01","license":"MIT"}
         ],
         "providers": [
          {"id":"azure-openai","names":["azure"],"hosts":["openai.azure.com"],"fallback":["openai"],"models":[
           {"id":"own","src":"l","prices":[{"in":7,"out":8}]}
          ]},
          {"id":"openai","names":["openai"],"hosts":["api.openai.com"],"infer":["gpt-*"],"models":[
           {"id":"gpt-a","match":["gpt-a","gpt-a-20*"],"checked":"2026-01-01","geo":{"us":1.1},"prices":[{"in":2.5,"out":10,"cacheRead":1.25,"batch":{"in":1.25,"out":5}}]},
           {"id":"gpt-b","prices":[{"in":1,"out":2}]},
           {"id":"gpt-l","src":"l","prices":[{"in":0.5,"out":1}]},
           {"id":"gpt-m","src":"l","geo":{"eu":1.2},"sunset":"2026-12-31","prices":[{"in":3,"out":4}]}
          ]}
         ]
        }

        """;

    /// <summary>What genai-prices says when it says the same as <see cref="Small"/>.</summary>
    public const string SameGenai = """
        [{"id":"openai","name":"OpenAI","api_pattern":"https://api\\.openai\\.com","models":[
          {"id":"gpt-a","match":{"or":[{"equals":"gpt-a"},{"starts_with":"gpt-a-20"}]},"prices":{"input_mtok":2.5,"cache_read_mtok":1.25,"output_mtok":10}},
          {"id":"gpt-b","match":{"equals":"gpt-b"},"prices":{"input_mtok":1,"output_mtok":2}}]},
         {"id":"azure","name":"Azure","api_pattern":"x","fallback_model_providers":["openai"],"models":[]}]
        """;

    /// <summary>What LiteLLM says when it says the same as <see cref="Small"/>.</summary>
    public const string SameLiteLlm = """
        {"sample_spec":{"litellm_provider":"one of many","input_cost_per_token":0},
         "azure/own":{"litellm_provider":"azure","mode":"chat","input_cost_per_token":7e-06,"output_cost_per_token":8e-06},
         "gpt-l":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":5e-07,"output_cost_per_token":1e-06},
         "gpt-m":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":3e-06,"output_cost_per_token":4e-06,"deprecation_date":"2026-12-31"}}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("prices-");

    public UpdateProject(string? catalog = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(CatalogPath)!);
        File.WriteAllText(In("LlmObservability.sln"), "");
        File.WriteAllText(CatalogPath, (catalog ?? Small).ReplaceLineEndings("\n"));
    }

    public string CatalogPath => In("src", "LlmObservability", "Pricing", "catalog.json");

    public string Catalog => File.ReadAllText(CatalogPath);

    public string In(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    /// <summary>The line of a model in the catalog, without its comma.</summary>
    public string Line(string model) => Catalog.Split('\n').Single(l => l.Contains($"{{\"id\":\"{model}\"", StringComparison.Ordinal)).Trim().TrimEnd(',');

    /// <summary>Updates the catalog from a file of this content.</summary>
    public CalculatorRun Update(string content, params string[] arguments)
    {
        var file = In("upstream.json");
        File.WriteAllText(file, content);
        return CalculatorRun.In([_folder.FullName], ["--update", file, .. arguments]);
    }

    /// <summary>The same with one more entry in LiteLLM's file that says nothing new but for it.</summary>
    public CalculatorRun UpdateLiteLlm(string key, string entry) => Update(SameLiteLlm.TrimEnd()[..^1] + $",\n\"{key}\":{entry}}}");

    /// <summary>The same with one more model of OpenAI in genai-prices' file.</summary>
    public CalculatorRun UpdateGenai(string model) => Update(SameGenai.Replace("\"models\":[\n", "\"models\":[\n" + model + ",", StringComparison.Ordinal));

    public void Dispose() => _folder.Delete(recursive: true);
}
