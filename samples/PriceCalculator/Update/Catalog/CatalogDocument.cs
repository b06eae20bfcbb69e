using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PriceCalculator.Update.Catalog;

/// <summary>
/// A catalog file as it stands, one model a line. What is not changed is written as it was, keys that this program does not
/// know and the very digits of numbers included.
/// </summary>
internal sealed class CatalogDocument
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private CatalogDocument(JsonObject root) => Root = root;

    public JsonObject Root { get; }

    public JsonArray ProviderList => Root["providers"]!.AsArray();

    public IEnumerable<JsonObject> Providers => ProviderList.Select(p => p!.AsObject());

    /// <exception cref="CalculatorException">It is not a catalog.</exception>
    public static CatalogDocument Parse(byte[] utf8, string name)
    {
        try
        {
            return JsonNode.Parse(utf8) is JsonObject root && root["providers"] is JsonArray providers && root["sources"] is JsonArray
                && providers.All(p => Id(p) is not null && p!["models"] is JsonArray models && models.All(m => Id(m) is not null && m!["prices"] is JsonArray))
                    ? new CatalogDocument(root)
                    : throw new CalculatorException($"{name} is not a catalog with sources and providers.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new CalculatorException($"{name} is not a catalog: {exception.Message}", exception);
        }
    }

    public CatalogDocument Clone() => new(Root.DeepClone().AsObject());

    public JsonObject? Provider(string id) => Providers.FirstOrDefault(p => IdOf(p).Equals(id, StringComparison.OrdinalIgnoreCase));

    public static IEnumerable<JsonObject> Models(JsonObject provider) => provider["models"]!.AsArray().Select(m => m!.AsObject());

    public static string IdOf(JsonObject item) => Id(item)!;

    /// <summary>The catalog as UTF-8, in the style of the file.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder("{\n");
        foreach (var (i, (name, value)) in Root.Index())
        {
            text.Append(' ').Append(Line(JsonValue.Create(name))).Append(": ");
            WriteValue(text, name, value);
            text.Append(i < Root.Count - 1 ? ",\n" : "\n");
        }

        return Encoding.UTF8.GetBytes(text.Append("}\n").ToString());
    }

    private static string? Id(JsonNode? item) => item is JsonObject && item["id"] is JsonValue id && id.TryGetValue<string>(out var text) ? text : null;

    private static void WriteValue(StringBuilder text, string name, JsonNode? value)
    {
        if (name is not ("sources" or "providers") || value is not JsonArray items)
        {
            text.Append(Line(value));
            return;
        }

        text.Append("[\n").AppendJoin(",\n", items.Select(item => "  " + (name == "sources" ? Line(item) : ProviderLines(item!.AsObject()))));
        text.Append("\n ]");
    }

    private static string ProviderLines(JsonObject provider)
    {
        var members = provider.Select(m => m is { Key: "models", Value: JsonArray { Count: > 0 } models }
            ? $"\"models\":[\n{string.Join(",\n", models.Select(model => "   " + Line(model)))}\n  ]"
            : $"{Line(JsonValue.Create(m.Key))}:{Line(m.Value)}");
        return "{" + string.Join(",", members) + "}";
    }

    private static string Line(JsonNode? node)
    {
        if (node is null)
        {
            return "null";
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            node.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
