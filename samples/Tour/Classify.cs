using Graft.Vision;

namespace Tour;

internal static class Classify
{
    public static void Run()
    {
        using ImageClassifier classifier = ImageClassifier.Load("flowers.graft");
        Prediction best = classifier.Classify("rose.jpg")[0];
        Console.WriteLine($"{best.Label} ({best.Probability:P0})");
    }
}
