namespace Graft.Tensors;

/// <summary>What a pooling window gives.</summary>
public enum PoolFunction
{
    /// <summary>The largest value; padding never wins.</summary>
    Max,

    /// <summary>The mean over the part of the window inside the image: padding does not count (TensorFlow's rule; PyTorch's count_include_pad = False).</summary>
    Average,
}
