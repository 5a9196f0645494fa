using Graft.Vision;

namespace Tour;

internal static class Train
{
    public static void Run()
    {
        using ImageClassifier classifier = ImageClassifier.Train("flowers");
        Console.WriteLine(classifier.Training);
        classifier.Save("flowers.graft");

        using ImageClassifier loaded = ImageClassifier.Load("flowers.graft");
        using FileStream stream = File.OpenRead("rose.jpg");
        Prediction best = loaded.Classify(stream)[0];
        Console.WriteLine($"{best.Label} ({best.Probability:P0})");
    }
}
