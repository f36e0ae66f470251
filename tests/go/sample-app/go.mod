module sample-app

go 1.26.0
