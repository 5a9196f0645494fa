using Graft.Vision;

namespace Tour;

internal static class Embed
{
    public static void Run()
    {
        using ImageEmbedder embedder = new();
        float[] rose = embedder.Embed("rose.jpg");
        foreach (ImageResult<float[]> image in embedder.EmbedMany(Directory.EnumerateFiles("flowers/tulip")))
        {
            Console.WriteLine(image.IsUsable ? $"{image.Path}: {ImageEmbedder.Similarity(rose, image.Value):0.000}" : $"{image.Path}: {image.Error}");
        }
    }
}
