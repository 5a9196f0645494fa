using System.Net;

namespace Graft.Vision.Hub;

/// <summary>What an answer that is none means, and what to do.</summary>
internal static class HubRefusal
{
    private const string TokenAdvice = "Make a token at https://huggingface.co/settings/tokens and set HF_TOKEN to it.";

    /// <summary>The error of a response: one that stays, or one that may go away.</summary>
    /// <param name="response">The response.</param>
    /// <param name="name">The model.</param>
    /// <param name="file">The file that was asked for.</param>
    /// <param name="options">How it was asked.</param>
    /// <param name="sentToken">Whether a token was sent.</param>
    public static Exception Of(HttpResponseMessage response, HubName name, string file, HubOptions options, bool sentToken)
    {
        HttpStatusCode status = response.StatusCode;
        string host = options.Endpoint.Host;
        int number = (int)status;
        if (number is 408 or 429 or >= 500)
        {
            string what = number == 429 ? $"{host} was asked too often and wants a pause (429)." : $"{host} is in trouble ({number}).";
            return new HubBusyException(what, status, Pause(response));
        }

        string code = Header(response, "X-Error-Code"), said = Header(response, "X-Error-Message");
        return new HubException(Text(name, file, options, sentToken, number, code) + (said.Length == 0 ? "" : $" The hub says: {Formats.WeightFileException.Quote(said.TrimEnd('.'))}.")) { Status = status };
    }

    private static string Text(HubName name, string file, HubOptions options, bool sentToken, int number, string code)
    {
        string host = options.Endpoint.Host, unsent = Unsent(options);
        return (number, code) switch
        {
            (_, "GatedRepo") when sentToken => $"{name} is given only to who agrees to its conditions: do so at {Page(name, options)}. The token that was sent is of somebody who has not, or may not.",
            (_, "GatedRepo") => $"{name} is given only to who agrees to its conditions: do so at {Page(name, options)}. {TokenAdvice}{unsent}",
            (404, "EntryNotFound") => $"{name} has no file {file}: it is no model that timm saved. {Page(name, options)} shows what it has.",
            (404, "RevisionNotFound") => $"{name.Path} has no revision '{name.Revision}': it is a branch, a tag or a commit of {Page(name, options)}/commits.",
            (404, _) or (401, "RepoNotFound") => $"There is no model '{name.Path}' at {host}, or none with a {file}.{Near(name)} If it is a private one: {TokenAdvice}{unsent}",
            (401, _) when sentToken => $"{host} does not take the token that HF_TOKEN or a login gave: it may have expired. Set another one, or none: most models want none.",
            (401, _) => $"{host} gives '{name.Path}' to nobody without a token: there is no model of this name, or it is private.{Near(name)} {TokenAdvice}{unsent}",
            (403, _) when sentToken => $"{host} refuses {file} of {name} (403): the token may not read it.",
            (403, _) => $"{host} refuses {file} of {name} (403): it may want a token. {TokenAdvice}{unsent}",
            _ => $"{host} refuses {file} of {name} with the status {number}.",
        };
    }

    private static string Page(HubName name, HubOptions options) => $"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{name.Path}";

    private static string Near(HubName name) => EditDistance.Nearest(name.Path, HubTrunks.All.Select(trunk => trunk.Name)) is { } near && near != name.Path ? $" Did you mean '{near}'?" : " Is the name right?";

    private static string Unsent(HubOptions options) => options.Token is not null && options.Endpoint.Scheme == Uri.UriSchemeHttp && !options.Endpoint.IsLoopback
        ? $" There is one, but it is not sent to {options.Endpoint.Host}, which is not encrypted (http)."
        : "";

    private static string Header(HttpResponseMessage response, string name) => response.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : "";

    // In seconds or as a time.
    private static TimeSpan? Pause(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } when delta > TimeSpan.Zero => delta,
        { Date: { } date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
