namespace Graft.Runs;

/// <summary>A run cannot be kept or read: the message says which rule was broken, by what, and what to do.</summary>
public sealed class RunException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public RunException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public RunException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
