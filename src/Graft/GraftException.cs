namespace Graft;

/// <summary>
/// The base of the errors that a user can act on: the message says which rule was broken, which values were received, and what to do.
/// </summary>
public class GraftException : Exception
{
    /// <summary>Makes an error with a message.</summary>
    public GraftException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public GraftException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
