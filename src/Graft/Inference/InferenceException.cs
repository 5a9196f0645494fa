namespace Graft.Inference;

/// <summary>A network cannot be compiled for inference, or a session was called with arrays of the wrong length.</summary>
public sealed class InferenceException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public InferenceException(string message)
        : base(message)
    {
    }
}
