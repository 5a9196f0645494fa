namespace Graft.Onnx;

/// <summary>A network cannot be written as ONNX, or an ONNX file cannot be read: the message says which rule was broken, by what, and what to do.</summary>
public sealed class OnnxException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public OnnxException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public OnnxException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>The node of the file that was refused, if it was one.</summary>
    internal Protos.NodeProto? Refused { get; init; }
}
