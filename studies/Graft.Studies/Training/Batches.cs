using Graft.Numerics;
using Graft.Studies.Data;

namespace Graft.Studies.Training;

/// <summary>The images of each step: a new order in every epoch, and each image mirrored and shifted by chance. All of it depends on seed, epoch and image alone.</summary>
internal sealed class Batches(Images images, Recipe recipe, ulong seed)
{
    private const ulong OrderStream = 1UL << 62;

    private readonly int[] order = new int[images.Count];
    private int epoch = -1;

    /// <summary>Writes a worker's part of a step's batch.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="worker">The worker, from 0.</param>
    /// <param name="pixels">Takes <c>[batch, side, side, 3]</c>.</param>
    /// <param name="labels">Takes the classes.</param>
    /// <returns>The number of images, less than a batch where there are fewer in all.</returns>
    public int Fill(int step, int worker, Span<float> pixels, Span<int> labels)
    {
        int steps = recipe.EpochSteps(images.Count), count = Math.Min(recipe.Batch, images.Count / recipe.Workers);
        Shuffle(step / steps);
        int first = (step % steps * recipe.StepImages) + (worker * count);
        for (int i = 0; i < count; i++)
        {
            int index = order[first + i];
            labels[i] = images.Labels[index];
            Span<float> to = pixels.Slice(i * images.Length, images.Length);
            if (recipe.Augments) Augment(index, to);
            else images[index].CopyTo(to);
        }

        return count;
    }

    private void Shuffle(int wanted)
    {
        if (wanted == epoch) return;
        epoch = wanted;
        for (int i = 0; i < order.Length; i++) order[i] = i;
        new Philox(seed, OrderStream + (ulong)epoch).Shuffle(order.AsSpan());
    }

    /// <summary>Mirrored with a chance of one half, shifted by up to an eighth of the side; what comes in at the border repeats it.</summary>
    private void Augment(int index, Span<float> to)
    {
        Philox random = new(seed, ((ulong)epoch << 32) | (uint)index);
        int side = images.Side, reach = side / 8;
        bool isMirrored = random.Index(0, 2) == 1;
        int right = random.Index(1, (2 * reach) + 1) - reach, down = random.Index(2, (2 * reach) + 1) - reach;
        ReadOnlySpan<float> from = images[index];
        for (int y = 0; y < side; y++)
        {
            ReadOnlySpan<float> line = from.Slice(Math.Clamp(y + down, 0, side - 1) * side * 3, side * 3);
            for (int x = 0; x < side; x++)
            {
                int source = Math.Clamp((isMirrored ? side - 1 - x : x) + right, 0, side - 1) * 3, target = ((y * side) + x) * 3;
                to[target] = line[source];
                to[target + 1] = line[source + 1];
                to[target + 2] = line[source + 2];
            }
        }
    }
}
