namespace Graft.Vision.Pruning;

/// <summary>What a channel is judged by.</summary>
public enum PruningScore
{
    /// <summary>
    /// By how much the loss would change without the channel, to first order: the mean over batches of (sum of dL/dw w)^2, over the weights that read the channel (Molchanov et al. 2019, "Importance estimation for neural network
    /// pruning", arXiv:1906.10771, equations 8 and 9). As the layers that read a channel are linear in it, that sum is also that of dL/dx x over the channel's values: what a gate behind it would have, whatever made it.
    /// </summary>
    Taylor,

    /// <summary>
    /// By the scales of the batch norms that it passes: gamma^2 over the mean of the layer's (Liu et al. 2017, "Learning efficient convolutional networks through network slimming", arXiv:1708.06519). No image is looked at. The
    /// paper trains with a penalty on the scales, which a network that was trained elsewhere was not.
    /// </summary>
    BatchNorm,
}
