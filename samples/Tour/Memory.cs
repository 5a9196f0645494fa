using Graft.Vision;

namespace Tour;

internal static class Memory
{
    public static void Run()
    {
        List<(byte[] Image, string Kind)> rows = [.. Directory.GetFiles("flowers", "*.jpg", SearchOption.AllDirectories).Select(file => (File.ReadAllBytes(file), Path.GetFileName(Path.GetDirectoryName(file)!)))];
        ImageDataset dataset = ImageDataset.FromMemory(rows, row => row.Image, row => row.Kind);
        using ImageClassifier classifier = ImageClassifier.Train(dataset, new ImageTrainingOptions { Mode = ImageTrainingMode.Readout });
        Console.WriteLine(classifier.Training);
    }
}
