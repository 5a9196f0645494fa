namespace Graft.Training.Losses;

/// <summary>
/// How rough images are (arXiv:1603.08155, section 3.2, in its squared form): the mean over all numbers x[i, j, c] of (x[i + 1, j, c] - x[i, j, c])^2 + (x[i, j + 1, c] - x[i, j, c])^2, pairs beyond the border being left out.
/// </summary>
internal static class TotalVariation
{
    /// <summary>The mean roughness of a batch.</summary>
    /// <param name="images">The images <c>[count, height, width, channels]</c>.</param>
    /// <param name="height">Their height.</param>
    /// <param name="width">Their width.</param>
    /// <param name="channels">Their channels.</param>
    /// <exception cref="ArgumentException">The numbers are not whole images.</exception>
    public static double Measure(ReadOnlySpan<float> images, int height, int width, int channels) => Compute(images, height, width, channels, default, 0);

    /// <summary>The mean roughness of a batch; its gradient is added.</summary>
    /// <param name="images">The images <c>[count, height, width, channels]</c>.</param>
    /// <param name="height">Their height.</param>
    /// <param name="width">Their width.</param>
    /// <param name="channels">Their channels.</param>
    /// <param name="gradient">The gradient of the images, of the same length; this one's is added to what is there.</param>
    /// <param name="scale">Multiplies the gradient, not the value returned.</param>
    /// <exception cref="ArgumentException">The numbers are not whole images, or the gradient has another length.</exception>
    public static double AddGradient(ReadOnlySpan<float> images, int height, int width, int channels, Span<float> gradient, double scale = 1) => gradient.Length == images.Length
        ? Compute(images, height, width, channels, gradient, scale)
        : throw new ArgumentException($"A gradient has as many numbers as the images, {images.Length}, not {gradient.Length}.", nameof(gradient));

    private static double Compute(ReadOnlySpan<float> images, int height, int width, int channels, Span<float> gradient, double scale)
    {
        int row = checked(width * channels), length = checked(height * row);
        if (length <= 0 || images.IsEmpty || images.Length % length != 0)
            throw new ArgumentException($"Images of [{height}, {width}, {channels}] are {length} numbers each; {images.Length} are not whole images.", nameof(images));
        double loss = 0;
        float factor = (float)(2 * scale / images.Length);
        for (int start = 0; start < images.Length; start += length)
        {
            for (int y = 0; y < height; y++)
            {
                int first = start + (y * row);
                loss += Pairs(images, gradient, factor, first, row - channels, channels);
                if (y + 1 < height) loss += Pairs(images, gradient, factor, first, row, row);
            }
        }

        return loss / images.Length;
    }

    private static double Pairs(ReadOnlySpan<float> images, Span<float> gradient, float factor, int first, int count, int step)
    {
        double loss = 0;
        for (int i = first; i < first + count; i++)
        {
            float difference = images[i + step] - images[i];
            loss += (double)difference * difference;
            if (gradient.IsEmpty) continue;
            gradient[i + step] += factor * difference;
            gradient[i] -= factor * difference;
        }

        return loss;
    }
}
