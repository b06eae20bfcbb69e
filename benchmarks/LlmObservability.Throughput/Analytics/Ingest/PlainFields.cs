using Npgsql;
using NpgsqlTypes;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>Hands a row's fields to the driver, each with its type.</summary>
internal readonly struct PlainFields(NpgsqlBinaryImporter writer)
{
    public Task IdAsync(Guid value) => writer.WriteAsync(value, NpgsqlDbType.Uuid);

    public Task TimeAsync(DateTime value) => writer.WriteAsync(value, NpgsqlDbType.TimestampTz);

    public Task IntegerAsync(int? value) => ValueAsync(value, NpgsqlDbType.Integer);

    public Task LongAsync(long? value) => ValueAsync(value, NpgsqlDbType.Bigint);

    public Task TextAsync(string? value, NpgsqlDbType type = NpgsqlDbType.Text) =>
        value is null ? writer.WriteNullAsync() : writer.WriteAsync(value, type);

    public Task ValueAsync<T>(T? value, NpgsqlDbType type)
        where T : struct => value is { } known ? writer.WriteAsync(known, type) : writer.WriteNullAsync();
}
