using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>Turns a schema's JSON into what checks answers. A keyword of the wrong form makes the whole schema unusable.</summary>
internal sealed class SchemaCompiler
{
    /// <summary>How many values of a schema are read, those of a referenced part once.</summary>
    internal const int MaxValues = 100_000;

    /// <summary>How many schemas may lie inside each other, those behind references counted on the way to them.</summary>
    internal const int MaxDepth = 64;

    private const int ValuesPerPattern = 400;

    private readonly JsonElement _root;
    private readonly Dictionary<string, SchemaNode> _referenced = new(StringComparer.Ordinal);
    private int _values;
    private int _depth;
    private string? _problem;
    private UncheckedReason _reason;

    private SchemaCompiler(JsonElement root) => _root = root;

    /// <summary>Whether the schema is known to be unusable, so that reading on would change nothing.</summary>
    internal bool HasFailed => _problem is not null;

    internal static AnswerSchema Compile(JsonElement schema)
    {
        var compiler = new SchemaCompiler(schema);
        var root = compiler.Reference("#");
        return compiler._problem is { } problem ? AnswerSchema.Unusable(compiler._reason, problem) : AnswerSchema.Of(root);
    }

    /// <summary>Compiles a schema that stands under a keyword, or below it.</summary>
    internal SchemaNode Schema(JsonElement schema, string? segment = null)
    {
        var hadFailed = HasFailed;
        var node = New(schema);
        if (!hadFailed && HasFailed && segment is not null)
        {
            At(segment);
        }

        return node;
    }

    /// <summary>A list of schemas.</summary>
    internal SchemaNode[] Schemas(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            Malformed("is not a list of schemas");
            return [];
        }

        var nodes = new SchemaNode[list.GetArrayLength()];
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            nodes[index] = Schema(item, index.ToString(CultureInfo.InvariantCulture));
            index++;
            if (HasFailed)
            {
                return [];
            }
        }

        return nodes;
    }

    /// <summary>The schema that a reference names; compiled once, and while it is compiled it can be referred to.</summary>
    internal SchemaNode Reference(string reference)
    {
        if (_referenced.TryGetValue(reference, out var known))
        {
            return known;
        }

        if (SchemaPointer.Find(_root, reference, this) is not { } target)
        {
            return Malformed("refers to what is not in the schema");
        }

        if (target.ValueKind is not JsonValueKind.Object)
        {
            return _referenced[reference] = New(target);
        }

        var node = new SchemaNode();
        _referenced.Add(reference, node);
        Fill(node, target);
        return node;
    }

    internal SchemaNode Malformed(string problem) => Fail(UncheckedReason.SchemaNotUsable, problem);

    /// <summary>A pattern, which costs as much as some hundred values.</summary>
    internal EcmaPattern? Pattern(string pattern) => Take(ValuesPerPattern) ? new EcmaPattern(pattern) : null;

    /// <summary>Counts values that are read beside schemas; false when they are too many.</summary>
    internal bool Take(int values)
    {
        _values += values;
        if (_values > MaxValues)
        {
            Fail(UncheckedReason.TooComplex, "is too long");
        }

        return !HasFailed;
    }

    private SchemaNode New(JsonElement schema)
    {
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                return SchemaNode.Anything;
            case JsonValueKind.False:
                return SchemaNode.Nothing;
            case JsonValueKind.Object:
                var node = new SchemaNode();
                Fill(node, schema);
                return node;
            default:
                return Malformed("is neither an object nor a boolean");
        }
    }

    private void Fill(SchemaNode node, JsonElement schema)
    {
        if (_depth == MaxDepth)
        {
            Fail(UncheckedReason.TooComplex, "is nested too deeply");
        }

        _depth++;
        var draft = new SchemaDraft(this, node);
        foreach (var keyword in schema.EnumerateObject())
        {
            if (!Take(1))
            {
                break;
            }

            var name = JsonText.Read(JsonMarshal.GetRawUtf8PropertyName(keyword));
            draft.Read(name, keyword.Value);
            if (HasFailed)
            {
                At(name);
            }
        }

        draft.Finish();
        _depth--;
    }

    private SchemaNode Fail(UncheckedReason reason, string problem)
    {
        if (!HasFailed)
        {
            _reason = reason;
            _problem = $": {problem}";
        }

        return SchemaNode.Nothing;
    }

    private void At(string segment)
    {
        if (_problem!.Length < SchemaMismatch.MaxText)
        {
            _problem = $"/{(segment.Length > SchemaMismatch.MaxReason ? $"{segment[..SchemaMismatch.MaxReason]}…" : segment)}{_problem}";
        }
    }
}
