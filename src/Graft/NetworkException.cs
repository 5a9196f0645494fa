namespace Graft;

/// <summary>A network breaks a rule: a name is used twice, an input is unknown, shapes do not fit, or a weight is missing.</summary>
public sealed class NetworkException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public NetworkException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public NetworkException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
