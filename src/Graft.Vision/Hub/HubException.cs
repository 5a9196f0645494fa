using System.Net;

namespace Graft.Vision.Hub;

/// <summary>A model of the hub cannot be had: it does not exist, is not for everyone, there is no network, or what came is not what was promised. The message says which and what to do.</summary>
public sealed class HubException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public HubException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public HubException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>What the hub answered; null where it did not.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>What happened, without what to do: for who goes on with what is in the cache. Empty where that is all of the message.</summary>
    internal string Event { get; init; } = "";

    /// <summary>Whether the hub says that there is no such model, version or file: what the cache may have of it does not change that.</summary>
    internal bool IsAbsent => Status == HttpStatusCode.NotFound;
}
