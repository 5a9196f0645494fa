namespace Graft.Vision;

/// <summary>An image that cannot be used. The message is a short reason, fit for a list: "empty file", "not an image".</summary>
public sealed class ImageException : GraftException
{
    /// <summary>Makes an error with a reason.</summary>
    public ImageException(string reason)
        : base(reason)
    {
    }

    /// <summary>Makes an error with a reason and its cause.</summary>
    public ImageException(string reason, Exception cause)
        : base(reason, cause)
    {
    }
}
