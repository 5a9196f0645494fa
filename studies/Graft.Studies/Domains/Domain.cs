using Graft.Numerics;
using Graft.Studies.Data;
using Graft.Vision.Augmentation.Appearance;

namespace Graft.Studies.Domains;

/// <summary>A way in which images may differ from those that a network learned from, while they show the same.</summary>
/// <param name="Name">The name in tables and plots.</param>
/// <param name="Change">
/// Changes an image <c>[side, side, 3]</c> of red, green and blue in [0, 1], in place, by what is drawn for it. What leaves [0, 1] is cut off afterwards, as any camera or file does.
/// </param>
internal sealed record Domain(string Name, ImageChange Change)
{
    // Not the seed of a training: the test images are the same in all of them.
    private const ulong Seed = 1807;

    /// <summary>The images as they were taken.</summary>
    public static Domain Photographs { get; } = new("photographs", (_, _, _) => { });

    /// <summary>All of them, the source first.</summary>
    public static IReadOnlyList<Domain> All { get; } = [Photographs, new("recoloured", Recolouring.Apply), new("re-lit", Lighting.Apply), new("stylized", Painting.Apply)];

    /// <summary>The images in this domain; the same index is always changed alike.</summary>
    public Images Of(Images images) => images.Map((i, from, to) =>
    {
        for (int k = 0; k < to.Length; k++) to[k] = (from[k] + 1) / 2;
        Change(to, images.Side, new Philox(Seed, (ulong)i));
        for (int k = 0; k < to.Length; k++) to[k] = (2 * Math.Clamp(to[k], 0, 1)) - 1;
    });
}
