namespace Graft.Tensors;

/// <summary>Functions of one number.</summary>
public enum ActivationFunction
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>min(max(x / 6 + 1/2, 0), 1): the piecewise linear sigmoid of MobileNetV3 (arXiv:1905.02244, section 5.2).</summary>
    HardSigmoid,

    /// <summary>x sigmoid(x) (arXiv:1702.03118, arXiv:1710.05941), also called swish.</summary>
    Silu,

    /// <summary>x hardsigmoid(x) (arXiv:1905.02244, section 5.2).</summary>
    HardSwish,
}
