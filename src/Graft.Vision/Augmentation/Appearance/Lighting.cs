using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>Another light and another camera: gamma, contrast, brightness and a colour cast, the same at every pixel.</summary>
internal static class Lighting
{
    private const double Gamma = 1.8, Contrast = 1.6, Cast = 1.4, Brightness = 0.2;

    /// <summary>v becomes cast[c] (contrast (v^gamma - 1/2) + 1/2) + brightness: factors between 1 / f and f, even on a logarithmic scale.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        double gamma = Factor(0, Gamma), contrast = Factor(1, Contrast), brightness = Brightness * ((2 * random.Uniform(2)) - 1);
        ReadOnlySpan<double> cast = [Factor(3, Cast), Factor(4, Cast), Factor(5, Cast)];
        for (int i = 0; i < image.Length; i++)
            image[i] = (float)((cast[i % 3] * ((contrast * (Math.Pow(image[i], gamma) - 0.5)) + 0.5)) + brightness);

        double Factor(ulong counter, double most) => Math.Pow(most, (2 * random.Uniform(counter)) - 1);
    }
}
