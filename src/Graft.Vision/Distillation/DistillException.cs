namespace Graft.Vision.Distillation;

/// <summary>A distillation could not go on.</summary>
public sealed class DistillException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public DistillException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public DistillException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
