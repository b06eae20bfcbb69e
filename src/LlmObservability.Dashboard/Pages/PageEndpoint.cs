using LlmObservability.Dashboard.Endpoints;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace LlmObservability.Dashboard.Pages;

/// <summary>
/// The dashboard's pages, below the path that is mapped and behind the same gate as the API. Every address in them is relative, so
/// that they work below a path base and behind a proxy that strips one.
/// </summary>
/// <param name="pages">The files, by path.</param>
internal sealed class PageEndpoint(IReadOnlyDictionary<string, Page> pages) : ApiEndpoint
{
    /// <summary>The name of the file in the path.</summary>
    public const string FileName = "file";

    // The build puts a hash of its content into the name of every file in this folder.
    private const string HashedFolder = "assets/";

    public override string Path => "{**" + FileName + "}";

    public override string Summary => "The dashboard's pages";

    public override bool TakesAnyQuery => true;

    public override IReadOnlyList<(string MediaType, Type? Type)> Answers { get; } = [("text/html", null)];

    public override async Task AnswerAsync(ApiRequest request)
    {
        var (http, file) = (request.Http, request.Http.GetRouteValue(FileName) as string ?? "");
        if (file.Length == 0 && http.Request.Path.Value is not [.., '/'])
        {
            Redirect(http);
            return;
        }

        if (!pages.TryGetValue(file.Length == 0 ? Page.Index : file, out var page))
        {
            throw new ProblemException(StatusCodes.Status404NotFound, ProblemCode.NotFound, "There is no such page.");
        }

        var headers = http.Response.Headers;
        PageHeaders.Set(headers, isForever: file.StartsWith(HashedFolder, StringComparison.Ordinal));
        headers.ETag = page.Tag;
        if (http.Request.Headers.IfNoneMatch.Contains(page.Tag))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var isCompressed = TakesGzip(http.Request);
        var content = isCompressed ? page.Compressed : page.Content;
        if (isCompressed)
        {
            headers.ContentEncoding = "gzip";
        }

        http.Response.ContentType = page.MediaType;
        http.Response.ContentLength = content.Length;
        await http.Response.Body.WriteAsync(content, request.Cancellation).ConfigureAwait(false);
    }

    private static bool TakesGzip(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var encodings)
        && encodings.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality is not 0);

    /// <summary>From <c>/llm</c> to <c>/llm/</c>, told by the last part alone: whatever stands before it may be a proxy's.</summary>
    private static void Redirect(HttpContext http)
    {
        var path = (http.Request.PathBase + http.Request.Path).ToUriComponent();
        http.Response.StatusCode = StatusCodes.Status302Found;
        http.Response.Headers.Location = "./" + path[(path.LastIndexOf('/') + 1)..] + "/" + http.Request.QueryString.ToUriComponent();
    }
}
