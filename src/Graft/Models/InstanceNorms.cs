namespace Graft.Models;

/// <summary>
/// Where a network has instance norms beside its batch norms: Pan et al. 2018, "Two at once: enhancing learning and generalization capacities via IBN-Net",
/// arXiv:1807.09441, section 3.2.
/// </summary>
public enum InstanceNorms
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>
    /// IBN-a, for accuracy at home and abroad: half of the channels that the first norm of each residual block sees are normalized image by image, but in the last stage, whose features tell
    /// classes apart.
    /// </summary>
    A,

    /// <summary>IBN-b, for other domains most: the stem's norm, and one more between the addition and the activation at the end of the first two stages, are instance norms.</summary>
    B,
}
