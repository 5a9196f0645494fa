using System.Net;

namespace Graft.Vision.Hub;

/// <summary>What went wrong and may go well the next time: no connection, a cut one, no answer in time, a hub that is busy.</summary>
/// <param name="What">A sentence for the remark that it is tried again.</param>
/// <param name="Error">The error if it is not.</param>
internal sealed record HubFault(string What, HubException Error)
{
    /// <summary>The error if it is not tried again.</summary>
    public HubException Error { get; } = new(Error.Message, Error.InnerException!) { Status = Error.Status, Event = What };

    /// <summary>Whether there was no connection at all.</summary>
    public bool IsConnection { get; private init; }

    /// <summary>Whether another try at once is of no use: names are not found, or certificates not trusted.</summary>
    public bool IsFinal { get; private init; }

    /// <summary>How long the hub asks to wait.</summary>
    public TimeSpan? Pause { get; private init; }

    /// <summary>The fault of an error; null where it is one that stays.</summary>
    public static HubFault? Of(Exception error, HubOptions options, HubName name)
    {
        string host = options.Endpoint.Host;
        switch (error)
        {
            case HubBusyException busy:
                return new HubFault(busy.Message, new HubException($"{busy.Message} Try it again later.", busy) { Status = busy.Status }) { Pause = busy.Pause };
            case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                string untrusted = $"The certificate of {host} is not trusted here ({Reason(error)}).";
                return new HubFault(untrusted, new HubException($"{untrusted} Where a proxy replaces certificates, the system must know its own.", error)) { IsFinal = true, IsConnection = true };
            case HubSilenceException:
            case HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError or HttpRequestError.Unknown }:
                string advice = "Is there a network, or a proxy to be named in HTTPS_PROXY? A model that is in the cache is found without: HF_HUB_OFFLINE=1. "
                    + $"On a machine with a network, 'graft import {name} --out FILE.graft' makes a file to bring along.";
                return new HubFault($"No connection to {host} ({Reason(error)}).", new HubException($"No connection to {host} for {name} ({Reason(error)}). {advice}", error))
                {
                    IsConnection = true,
                    IsFinal = error is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError },
                };
            case HttpRequestException or IOException or TimeoutException:
                string lost = $"The connection to {host} was lost too often ({Reason(error)}). What came of {name} is kept: the same again goes on with it.";
                return new HubFault($"The connection to {host} was lost ({Reason(error)}).", new HubException(lost, error));
            default:
                return null;
        }
    }

    /// <summary>The error where the hub asks to wait for longer than anybody would.</summary>
    public HubException TooLong(TimeSpan pause) =>
        new($"{What} It asks to wait for {Math.Ceiling(pause.TotalMinutes):0} minutes: try it again then. With a token in HF_TOKEN more is allowed.", Error) { Status = Error.Status };

    private static string Reason(Exception error)
    {
        // The deepest one says why, but for what this library found out itself.
        while (error is not TimeoutException && error.InnerException is { } inner) error = inner;
        return error.Message.TrimEnd('.');
    }
}

/// <summary>No answer began in time.</summary>
internal sealed class HubSilenceException(string message, Exception cause) : TimeoutException(message, cause);

/// <summary>The hub is busy, or it was asked too often, or who keeps its files does not give one: it may go well later.</summary>
internal sealed class HubBusyException(string message, HttpStatusCode? status, TimeSpan? pause) : IOException(message)
{
    public HttpStatusCode? Status => status;

    public TimeSpan? Pause => pause;
}
