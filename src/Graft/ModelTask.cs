namespace Graft;

/// <summary>What the outputs of a model say of an image.</summary>
public enum ModelTask
{
    /// <summary>One of several classes: the softmax of the outputs are their probabilities.</summary>
    Classify,

    /// <summary>Any number of labels, each there or not for itself: the sigmoid of each output is its probability.</summary>
    MultiLabel,

    /// <summary>Numbers, in their own units.</summary>
    Regress,
}
