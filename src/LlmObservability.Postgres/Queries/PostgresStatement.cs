using LlmObservability.Queries;
using Npgsql;
using NpgsqlTypes;

namespace LlmObservability.Postgres;

/// <summary>Conditions of one statement and its positional parameters. Whatever comes from a request becomes a parameter.</summary>
internal sealed class PostgresStatement
{
    private readonly List<NpgsqlParameter> _parameters = [];

    public string Text(string value) => Add(new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text });

    public string Integer(long value) => Add(new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint });

    public string Id(Guid value) => Add(new NpgsqlParameter<Guid> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid });

    public string Time(DateTimeOffset value) => Add(new NpgsqlParameter<DateTimeOffset>
    {
        TypedValue = value.ToUniversalTime(),
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
    });

    /// <summary>A field as an expression of its own type.</summary>
    public string Column(LlmField field) =>
        field.TagKey is { } key ? $"((tags ->> {Text(key)}) COLLATE \"C\")" : PostgresNames.Quote(field.Name);

    /// <summary>A text or boolean field as text that sorts by code point.</summary>
    public string ColumnText(LlmField field) =>
        field.Type == LlmFieldType.Boolean ? $"({Column(field)}::text COLLATE \"C\")" : Column(field);

    /// <summary>A value in text form, checked before, as a parameter of the field's type.</summary>
    public string Value(LlmFieldType type, string text)
    {
        switch (type)
        {
            case LlmFieldType.Integer:
                _ = LlmValue.TryParseInteger(text, out var integer);
                return Integer(integer);
            case LlmFieldType.Number:
                _ = LlmValue.TryParseNumber(text, out var number);
                return Add(new NpgsqlParameter<double> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Double });
            case LlmFieldType.Boolean:
                return Add(new NpgsqlParameter<bool> { TypedValue = text == "true", NpgsqlDbType = NpgsqlDbType.Boolean });
            case LlmFieldType.Time:
                _ = LlmValue.TryParseTime(text, out var time);
                return Time(time);
            case LlmFieldType.Id:
                _ = LlmValue.TryParseId(text, out var id);
                return Id(id);
            default:
                return Text(text);
        }
    }

    /// <summary>A filter as one boolean expression.</summary>
    public string Where(LlmFilter filter) => $"{Window(filter.From, filter.To)} AND {Where(filter.Conditions)}";

    /// <summary>Conditions as one boolean expression.</summary>
    public string Where(IEnumerable<LlmCondition> conditions) => string.Join(" AND ", conditions.Select(Condition).DefaultIfEmpty("TRUE"));

    /// <summary>Conditions on one field as one boolean expression over a text column that holds it.</summary>
    public string WhereText(string column, IEnumerable<LlmCondition> conditions) => string.Join(" AND ", conditions.Select(condition => condition.Operator switch
    {
        LlmOperator.In => $"{column} IN ({string.Join(", ", condition.Values.Select(Text))})",
        LlmOperator.StartsWith => $"starts_with({column}, {Text(condition.Values[0])})",
        _ => $"{column} IS NOT NULL",
    }));

    /// <summary>What starts between two times, each of which may be open.</summary>
    public string Window(DateTimeOffset? from, DateTimeOffset? to, string column = "started_at") => (from, to) switch
    {
        ({ } first, { } last) => $"{column} >= {Time(LlmValue.ToBound(first))} AND {column} < {Time(LlmValue.ToBound(last))}",
        ({ } first, null) => $"{column} >= {Time(LlmValue.ToBound(first))}",
        (null, { } last) => $"{column} < {Time(LlmValue.ToBound(last))}",
        _ => "TRUE",
    };

    /// <summary>The same of ids of calls, which carry the millisecond of their start: for a table whose index is by them.</summary>
    public string IdWindow(DateTimeOffset? from, DateTimeOffset? to, string column) => string.Join(
        " AND ",
        new[]
        {
            from is { } first ? $"{column} >= {Id(IdAt(first.ToUnixTimeMilliseconds()))}" : null,
            to is { } last ? $"{column} < {Id(IdAt(last.ToUnixTimeMilliseconds() + 1))}" : null,
        }.OfType<string>().DefaultIfEmpty("TRUE"));

    /// <summary>The part of an id look-up that finds its partition; null for an id that no stored call can have.</summary>
    public string? IdCondition(Guid id, string idColumn, string timeColumn)
    {
        return LlmCallId.TryGetTime(id, out var time)
            ? $"({idColumn} = {Id(id)} AND {timeColumn} >= {Time(time)} AND {timeColumn} < {Time(time.AddTicks(TimeSpan.TicksPerMillisecond))})"
            : null;
    }

    /// <summary>A command with this text and the parameters given out so far.</summary>
    public NpgsqlBatchCommand ToCommand(string sql)
    {
        var command = new NpgsqlBatchCommand(PostgresLlmTracing.Own(sql));
        foreach (var parameter in _parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>The same by itself, on a connection.</summary>
    public NpgsqlCommand ToCommand(string sql, NpgsqlConnection connection, int commandTimeout)
    {
        var command = new NpgsqlCommand(PostgresLlmTracing.Own(sql), connection) { CommandTimeout = commandTimeout };
        foreach (var parameter in _parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>The least id of a millisecond.</summary>
    private static Guid IdAt(long milliseconds)
    {
        var known = Math.Max(milliseconds, 0);
        return new Guid((uint)(known >> 16), (ushort)known, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private string Condition(LlmCondition condition)
    {
        var (field, op, values) = condition;
        switch (op)
        {
            case LlmOperator.In:
                return In(field, values);
            case LlmOperator.NotIn:
                return $"({Column(field)} IS NULL OR NOT {In(field, values)})";
            case LlmOperator.AtLeast:
                return $"{Column(field)} >= {Bound(field, values[0])}";
            case LlmOperator.Below:
                return $"{Column(field)} < {Bound(field, values[0])}";
            case LlmOperator.StartsWith:
                return $"starts_with({Column(field)}, {Text(values[0])})";
            case LlmOperator.Missing:
                return $"{Column(field)} IS NULL";
            default:
                return $"{Column(field)} IS NOT NULL";
        }
    }

    private string In(LlmField field, IReadOnlyList<string> values)
    {
        if (field.Type == LlmFieldType.Id)
        {
            var ids = values
                .Select(value => LlmValue.TryParseId(value, out var id) ? IdCondition(id, "id", "started_at") : null)
                .OfType<string>()
                .ToArray();
            return ids.Length == 0 ? "FALSE" : $"({string.Join(" OR ", ids)})";
        }

        // Own tags are text, so that containing the pair is having the value; this an index finds.
        if (field.TagKey is { } key)
        {
            var name = Text(key);
            return $"({string.Join(" OR ", values.Select(value => $"tags @> jsonb_build_object({name}, {Text(value)})"))})";
        }

        // A time finer than a microsecond equals none that is stored; the driver would cut it to one.
        var possible = field.Type == LlmFieldType.Time
            ? values.Where(value => LlmValue.TryParseTime(value, out var time) && LlmValue.ToBound(time) == time)
            : values;
        var parameters = string.Join(", ", possible.Select(value => Value(field.Type, value)));
        return parameters.Length == 0 ? "FALSE" : $"({Column(field)} IN ({parameters}))";
    }

    private string Bound(LlmField field, string text) =>
        field.Type == LlmFieldType.Time && LlmValue.TryParseTime(text, out var time)
            ? Time(LlmValue.ToBound(time))
            : Value(field.Type, text);

    private string Add(NpgsqlParameter parameter)
    {
        _parameters.Add(parameter);
        return "$" + LlmValue.Format(_parameters.Count);
    }
}
