using System.Net;
using System.Text;

namespace LlmObservability.OpenTelemetry.Tests.Decoding;

/// <summary>The receiver refuses what the schema does not have: else it would prove nothing.</summary>
public sealed class OtlpReceiverTests
{
    private const string Span = """{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef","name":"n",#}]}]}]}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\"kind\":3", true)]
    [InlineData("\"kind\":3,\"start_time_unix_nano\":\"1\"", false)]
    [InlineData("\"kind\":3,\"colour\":\"red\"", false)]
    [InlineData("\"kind\":\"3\"", false)]
    [InlineData("\"startTimeUnixNano\":\"1771234567890123456\"", true)]
    [InlineData("\"startTimeUnixNano\":1771234567890123456", false)]
    [InlineData("\"parentSpanId\":\"\"", true)]
    [InlineData("\"parentSpanId\":\"AbCdEfGh\"", false)]
    [InlineData("\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"5\"}}]", true)]
    [InlineData("\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":5}}]", false)]
    [InlineData("\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"5.5\"}}]", false)]
    [InlineData("\"attributes\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"a\"}]}}}]", true)]
    public async Task JSON_is_read_by_the_schema_alone(string fields, bool taken)
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancel);
        using var http = new HttpClient();
        using var content = new StringContent(Span.Replace("#", fields, StringComparison.Ordinal), Encoding.UTF8, "application/json");

        using var response = await http.PostAsync(new Uri(receiver.Http, "/v1/traces"), content, Cancel);

        response.StatusCode.ShouldBe(taken ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
        if (taken)
        {
            (await receiver.ReceivedAsync(Cancel)).Spans.ShouldHaveSingleItem().SpanId.ShouldBe("0123456789abcdef");
        }
        else
        {
            await Should.ThrowAsync<InvalidDataException>(() => receiver.ReceivedAsync(Cancel));
        }
    }
}
