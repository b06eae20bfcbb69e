using System.Globalization;
using System.Text.Json.Nodes;

namespace LlmObservability.Tests.StructuredOutput;

/// <summary>A random schema with an answer that matches it, by a seed.</summary>
internal sealed class MatchingPair
{
    private static readonly string[] Names = ["a", "b", "größe", "a/b", "~x", "quote\"d", "日本", "", "back\\slash", "😀", "*"];

    private readonly Random _random;
    private readonly JsonObject _definitions = [];

    public MatchingPair(int seed)
    {
        _random = new Random(seed);
        var (schema, make) = Value(0);
        var root = schema as JsonObject ?? [];
        root["$defs"] = _definitions;
        Schema = root.ToJsonString();
        Root = make("");
    }

    public string Schema { get; }

    public JsonNode? Root { get; }

    public string Answer => Root?.ToJsonString() ?? "null";

    /// <summary>The properties that the schema requires, each with the pointer to its object.</summary>
    public List<(string Location, JsonObject Holder, string Name)> Required { get; } = [];

    private (JsonNode Schema, Func<string, JsonNode?> Make) Value(int depth) => _random.Next(depth > 4 ? 6 : 12) switch
    {
        0 => Text(),
        1 => Number(),
        2 => OneOfSome(),
        3 => (new JsonObject { ["type"] = "boolean" }, _ => _random.Next(2) == 0),
        4 => (new JsonObject { ["const"] = 12.50m }, _ => JsonNode.Parse(_random.Next(2) == 0 ? "12.5" : "125e-1")),
        5 => (new JsonObject { ["pattern"] = "^[a-c]{2,4}$", ["type"] = "string" }, _ => new string('b', _random.Next(2, 5))),
        6 => Items(depth),
        7 => Tuple(depth),
        8 => OrNull(depth),
        9 => Defined(depth),
        _ => Object(depth),
    };

    private (JsonNode Schema, Func<string, JsonNode?> Make) Text()
    {
        var least = _random.Next(4);
        var most = least + _random.Next(4);
        return (
            new JsonObject { ["type"] = "string", ["minLength"] = least, ["maxLength"] = most },
            _ => string.Concat(Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => Names[_random.Next(4) + 6] is [.., var c] && char.IsLowSurrogate(c) ? "😀" : "\n")));
    }

    private (JsonNode Schema, Func<string, JsonNode?> Make) Number()
    {
        var step = _random.Next(1, 50);
        var least = _random.Next(-9, 9);
        var schema = new JsonObject
        {
            ["type"] = "number",
            ["multipleOf"] = step / 100m,
            ["minimum"] = least * step / 100m,
            ["exclusiveMaximum"] = (least + 10) * step / 100m,
        };
        return (schema, _ => JsonNode.Parse(((least + _random.Next(10)) * step).ToString(CultureInfo.InvariantCulture) + "E-2"));
    }

    private (JsonNode Schema, Func<string, JsonNode?> Make) OneOfSome()
    {
        var values = new JsonArray("x", 1, null, true, new JsonObject { ["p"] = 1, ["q"] = new JsonArray(2) });
        return (new JsonObject { ["enum"] = values }, _ => values[_random.Next(values.Count)]?.DeepClone());
    }

    private (JsonNode Schema, Func<string, JsonNode?> Make) Items(int depth)
    {
        var (schema, make) = Value(depth + 1);
        var count = _random.Next(4);
        return (
            new JsonObject { ["type"] = "array", ["items"] = schema, ["minItems"] = count, ["maxItems"] = count + 1 },
            at => new JsonArray([.. Enumerable.Range(0, count + _random.Next(2)).Select(i => make($"{at}/{i}"))]));
    }

    private (JsonNode Schema, Func<string, JsonNode?> Make) Tuple(int depth)
    {
        var parts = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Value(depth + 1)).ToArray();
        return (
            new JsonObject { ["prefixItems"] = new JsonArray([.. parts.Select(p => p.Schema)]), ["items"] = false },
            at => new JsonArray([.. parts.Select((p, i) => p.Make($"{at}/{i}"))]));
    }

    // Beside null, only an object says what is missing in it, since its type alone admits it.
    private (JsonNode Schema, Func<string, JsonNode?> Make) OrNull(int depth)
    {
        var (schema, make) = Object(depth);
        return (
            new JsonObject { [_random.Next(2) == 0 ? "anyOf" : "oneOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) },
            at => _random.Next(3) == 0 ? null : make(at));
    }

    private (JsonNode Schema, Func<string, JsonNode?> Make) Defined(int depth)
    {
        var (schema, make) = Value(depth + 1);
        var name = $"d~/{_definitions.Count}";
        _definitions[name] = schema;
        var reference = $"#/$defs/d~0~1{name[3..]}";
        var direct = new JsonObject { ["$ref"] = reference };
        return (_random.Next(2) == 0 ? direct : new JsonObject { ["allOf"] = new JsonArray(direct, true) }, make);
    }

    private (JsonNode Schema, Func<string, JsonNode?> Make) Object(int depth)
    {
        var names = Names.Where(_ => _random.Next(3) == 0).ToArray();
        var parts = names.ToDictionary(n => n, _ => Value(depth + 1));
        var required = names.Where(_ => _random.Next(2) == 0).ToArray();
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(parts.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value.Schema))),
            ["required"] = new JsonArray([.. required.Select(n => JsonValue.Create(n))]),
            ["additionalProperties"] = false,
        };
        return (schema, Make);

        JsonObject Make(string at)
        {
            var made = new JsonObject();
            var order = names.Where(n => required.Contains(n) || _random.Next(2) == 0).ToArray();
            _random.Shuffle(order);
            foreach (var name in order)
            {
                made[name] = parts[name].Make($"{at}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}");
            }

            Required.AddRange(required.Select(n => (at, made, n)));
            return made;
        }
    }
}
